using Shouldly;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Tests.EndToEnd.Play;

public sealed class PlayTests(SluiceFixture sluice, Chromium browser) : IClassFixture<Chromium>
{
    private static readonly string s_counted = string.Join(' ', Enumerable.Range(0, 60));

    [Fact]
    public async Task A_stream_that_was_cut_goes_on_where_it_was_without_a_missing_or_doubled_token()
    {
        await using var page = await PlayPage.OpenAsync(browser, sluice.Url);
        await page.WriteAsync("@sim count tokens=60 delay_ms=50");

        await page.Start.ClickAsync();
        await page.ShouldSpeakAsync(10);
        await page.Cut.ClickAsync();
        await page.ShouldBecomeAsync("cut");
        (await page.Answer.TextContentAsync()).ShouldNotBe(s_counted);
        await page.Resume.ClickAsync();
        await page.ShouldBecomeAsync("complete");

        await Expect(page.Answer).ToHaveTextAsync(s_counted);
        await Expect(page.Tokens).ToHaveTextAsync("60");
        await Expect(page.Reconnects).ToHaveTextAsync("1");
        await Expect(page.Errors).ToHaveCountAsync(0);
        await Expect(page.Resume).ToBeDisabledAsync();
        page.Complaints.ShouldBeEmpty();
        page.Requests.Where(url => url.Scheme != "data").Select(url => url.Authority).Distinct()
            .ShouldBe([sluice.Url.Authority]);
    }

    [Fact]
    public async Task The_keyboard_alone_starts_cuts_and_resumes()
    {
        await using var page = await PlayPage.OpenAsync(browser, sluice.Url);
        await page.WriteAsync("@sim count tokens=60 delay_ms=50");

        // The cursor is in the prompt; from then on the button to be used next has the focus.
        await page.PressAsync("Control+Enter");
        await page.ShouldSpeakAsync(3);
        await page.Cut.FocusAsync();
        await page.PressAsync("Enter");
        await page.ShouldBecomeAsync("cut");
        await Expect(page.Resume).ToBeFocusedAsync();
        await page.PressAsync("Enter");
        await page.ShouldBecomeAsync("complete");

        await Expect(page.Start).ToBeFocusedAsync();
        await Expect(page.Answer).ToHaveTextAsync(s_counted);
    }

    [Fact]
    public async Task An_unknown_model_is_shown_as_the_error_that_it_is()
    {
        await using var page = await PlayPage.OpenAsync(browser, sluice.Url);
        await page.Model.EvaluateAsync("select => select.add(new Option('nobody-3', 'nobody-3', true, true))");

        await page.Start.ClickAsync();
        await page.ShouldBecomeAsync("broken");

        await Expect(page.Errors).ToContainTextAsync("nobody-3");
        await Expect(page.Errors).ToContainTextAsync("404");
        await Expect(page.Start).ToBeEnabledAsync();
        await Expect(page.Resume).ToBeDisabledAsync();
    }

    [Fact]
    public async Task A_failure_in_mid_stream_is_shown_behind_the_tokens_that_came()
    {
        await using var page = await PlayPage.OpenAsync(browser, sluice.Url);
        await page.WriteAsync("@sim count tokens=20 fail_after=5");

        await page.Start.ClickAsync();
        await page.ShouldBecomeAsync("failed");

        await Expect(page.Answer).ToHaveTextAsync("0 1 2 3 4");
        await Expect(page.Errors).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_list_of_frames_is_bounded_and_shows_its_end()
    {
        await using var page = await PlayPage.OpenAsync(browser, sluice.Url);
        await page.WriteAsync("@sim count tokens=1000");

        await page.Start.ClickAsync();
        await page.ShouldBecomeAsync("complete");

        await Expect(page.Tokens).ToHaveTextAsync("1000");
        await Expect(page.Frames).ToHaveCountAsync(200);
        await Expect(page.Frames.Last).ToContainTextAsync("[DONE]");
        await Expect(page.Frames.Last).ToBeInViewportAsync();
    }
}
