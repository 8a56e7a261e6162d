using System.ClientModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpenAI.Chat;
using Shouldly;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Chat;

public sealed class ChatClientTests(SluiceFixture sluice)
{
    public static TheoryData<string> Models => ["sluice-sim", UpstreamSimulator.Model];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_whole_answer_is_that_of_the_model(string model)
    {
        const string Message = "@sim hash #whole ünïcode 🙂";

        ChatCompletion answer = await OpenAiClients.Chat(sluice, model).CompleteChatAsync(Message);

        answer.Content[0].Text.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Message))));
        answer.FinishReason.ShouldBe(ChatFinishReason.Stop);
        answer.Id.ShouldStartWith("chatcmpl-");
        answer.Model.ShouldBe(model);
        answer.Usage.TotalTokenCount.ShouldBe(answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_stream_has_every_token_once_and_in_order(string model)
    {
        const int Tokens = 200;
        var text = new StringBuilder();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var finished = new List<ChatFinishReason>();
        ChatTokenUsage? usage = null;

        await foreach (var update in OpenAiClients.Chat(sluice, model).CompleteChatStreamingAsync(
            new UserChatMessage($"@sim count tokens={Tokens}")))
        {
            text.Append(string.Concat(update.ContentUpdate.Select(p => p.Text)));
            ids.Add(update.CompletionId);
            finished.AddRange(update.FinishReason is { } reason ? [reason] : []);
            usage ??= update.Usage;
        }

        text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(Enumerable.Range(0, Tokens).Select(n => n.ToString(CultureInfo.InvariantCulture)));
        ids.ShouldHaveSingleItem().ShouldStartWith("chatcmpl-");
        finished.ShouldBe([ChatFinishReason.Stop]);
        // The client asks for it by stream_options.include_usage.
        usage.ShouldNotBeNull().OutputTokenCount.ShouldBe(Tokens);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Tokens_arrive_while_the_model_still_speaks(string model)
    {
        var started = Stopwatch.StartNew();
        TimeSpan? first = null;

        await foreach (var update in OpenAiClients.Chat(sluice, model).CompleteChatStreamingAsync(
            new UserChatMessage("@sim count tokens=50 delay_ms=20")))
        {
            first ??= update.ContentUpdate.Count > 0 ? started.Elapsed : null;
        }

        // 50 tokens, 20 ms apart: the last comes a second after the first.
        (started.Elapsed - first.ShouldNotBeNull()).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(600));
    }

    [Fact]
    public async Task A_limit_of_tokens_ends_the_answer_with_length()
    {
        ChatCompletion answer = await OpenAiClients.Chat(sluice).CompleteChatAsync(
            [new UserChatMessage("@sim count tokens=50")], new ChatCompletionOptions { MaxOutputTokenCount = 5 });

        answer.FinishReason.ShouldBe(ChatFinishReason.Length);
        answer.Usage.OutputTokenCount.ShouldBe(5);
    }

    /// <summary>
    /// This client does not raise error events, as the npm and Python ones do (tests/node shows that): it must at least
    /// never be told that the answer finished.
    /// </summary>
    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_broken_stream_never_looks_finished(string model)
    {
        var read = 0;
        var finished = new List<ChatFinishReason?>();

        await foreach (var update in OpenAiClients.Chat(sluice, model).CompleteChatStreamingAsync(
            new UserChatMessage("@sim count tokens=20 fail_after=5")))
        {
            read += update.ContentUpdate.Count(p => p.Text.Length > 0);
            finished.Add(update.FinishReason);
        }

        read.ShouldBe(5);
        finished.ShouldAllBe(reason => reason == null);
    }

    [Fact]
    public async Task An_unknown_model_is_refused_with_its_name()
    {
        var refusal = await Should.ThrowAsync<ClientResultException>(() =>
            OpenAiClients.Chat(sluice, "nobody-3").CompleteChatAsync("hello"));

        refusal.Status.ShouldBe(404);
        refusal.Message.ShouldContain("nobody-3");
    }
}
