using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Tests.EndToEnd.Play;

/// <summary><c>/play</c> in a browser, by what a person or a screen reader finds there.</summary>
internal sealed class PlayPage : IAsyncDisposable
{
    private readonly IPage _page;

    private PlayPage(IPage page)
    {
        _page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => Complaints.Enqueue(error);
        page.Request += (_, request) => Requests.Enqueue(new Uri(request.Url));
    }

    /// <summary>What the browser wrote to its console, violations of the page's policy among it.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    public ConcurrentQueue<Uri> Requests { get; } = new();

    public ILocator Model => _page.GetByLabel("Model");

    public ILocator Start => Button("Start");

    public ILocator Cut => Button("Cut my connection");

    public ILocator Resume => Button("Resume");

    public ILocator Answer => _page.GetByRole(AriaRole.Region, new() { Name = "Answer" });

    public ILocator Frames => _page.GetByRole(AriaRole.Region, new() { Name = "Frames" }).Locator(".frame");

    public ILocator Errors => _page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Listitem);

    public ILocator Tokens => _page.Locator("#tokens");

    public ILocator Reconnects => _page.Locator("#reconnects");

    public static async Task<PlayPage> OpenAsync(Chromium browser, Uri gateway)
    {
        var page = new PlayPage(await browser.NewPageAsync());
        await page._page.GotoAsync(new Uri(gateway, "/play").ToString());
        await Expect(page.Model).ToHaveValueAsync("sluice-sim");
        return page;
    }

    public Task WriteAsync(string prompt) => _page.GetByLabel("Prompt").FillAsync(prompt);

    public Task PressAsync(string key) => _page.Keyboard.PressAsync(key);

    public Task ShouldBecomeAsync(string state) =>
        Expect(_page.GetByRole(AriaRole.Status)).ToHaveTextAsync(state);

    /// <summary>Waits until the answer has a token, so that what follows happens in mid-stream.</summary>
    public Task ShouldSpeakAsync(int token) => Expect(Answer).ToContainTextAsync($" {token} ");

    public async ValueTask DisposeAsync() => await _page.CloseAsync();

    private ILocator Button(string name) => _page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
}
