using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.Inference.Simulated;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class SimulatedProviderTests : IDisposable
{
    private readonly Microsoft.Extensions.DependencyInjection.ServiceProvider _services = TestProviders.Services();
    private readonly IModelProvider _model;

    public SimulatedProviderTests() => _model = TestProviders.Simulated(_services);

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_plain_message_gets_the_same_readable_text_each_time()
    {
        var first = await _model.Answer("What is a sluice?");

        (await _model.Answer("What is a sluice?")).ShouldBe(first);
        string.Concat(await _model.Tokens("What is a sluice?")).ShouldBe(first);
        first.Split(' ').Length.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Every_token_of_the_text_is_the_same_in_JSON() =>
        SimulatedTokens.Sentences.ShouldAllBe(s => JsonSerializer.Serialize(s) == $"\"{s}\"");

    [Theory]
    [InlineData("@sim hash #17")]
    [InlineData("@sim hash grüße \"quoted\" \n and \\ more")]
    public async Task Hash_answers_the_digest_of_the_message_in_one_token(string message)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message)));

        (await _model.Answer(message)).ShouldBe(digest);
        (await _model.Tokens(message)).ShouldBe([digest]);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(64, 64)]
    [InlineData(500, 64)]
    public async Task Hash_with_tokens_is_the_digest_in_pieces(int tokens, int pieces)
    {
        var message = $"@sim hash tokens={tokens}";
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message)));

        var parts = await _model.Tokens(message);

        parts.Count.ShouldBe(pieces);
        string.Concat(parts).ShouldBe(digest);
        (await _model.Answer(message)).ShouldBe(digest);
    }

    [Fact]
    public async Task The_hash_of_a_message_in_parts_is_that_of_its_joined_text()
    {
        var request = TestProviders.Read(
            """
            {"model":"sluice-sim","messages":[{"role":"user","content":[{"type":"text","text":"@sim ha"},
            {"type":"image_url","image_url":{"url":"x","text":"no"}},{"type":"text","text":"sh \u00e9"}]}]}
            """);

        var answer = await _model.CompleteAsync(request, TestContext.Current.CancellationToken);

        TestProviders.Content(answer)
            .ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("@sim hash é"))));
    }

    [Fact]
    public async Task Only_the_last_user_message_is_read()
    {
        var request = TestProviders.Read(
            """
            {"model":"sluice-sim","messages":[{"role":"user","content":"@sim count tokens=9"},
            {"content":"@sim count tokens=2","role":"user"},{"role":"assistant","content":"@sim count tokens=5"}]}
            """);

        var answer = await _model.CompleteAsync(request, TestContext.Current.CancellationToken);

        TestProviders.Content(answer).ShouldBe("0 1");
    }

    [Fact]
    public async Task Count_numbers_its_tokens()
    {
        (await _model.Answer("@sim count tokens=4")).ShouldBe("0 1 2 3");
        (await _model.Tokens("@sim count tokens=4 tokens=x delay=3")).ShouldBe(["0", " 1", " 2", " 3"]);
    }

    [Fact]
    public async Task A_word_that_only_begins_like_the_mark_gives_no_directives() =>
        (await _model.Answer("@simulate count")).ShouldNotStartWith("0 1");

    [Fact]
    public async Task A_token_limit_cuts_the_answer_with_the_reason_length()
    {
        var request = TestProviders.Request("@sim count tokens=50", ",\"max_tokens\":3");

        var answer = await _model.CompleteAsync(request, TestContext.Current.CancellationToken);

        using var json = JsonDocument.Parse(answer.Body);
        json.RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString().ShouldBe("length");
        TestProviders.Content(answer).ShouldBe("0 1 2");
    }

    [Fact]
    public async Task Each_choice_is_answered()
    {
        var answer = await _model.CompleteAsync(
            TestProviders.Request("@sim count tokens=2", ",\"n\":3"), TestContext.Current.CancellationToken);

        using var json = JsonDocument.Parse(answer.Body);
        json.RootElement.GetProperty("choices").EnumerateArray()
            .Select(c => $"{c.GetProperty("index")}: {c.GetProperty("message").GetProperty("content")}")
            .ShouldBe(["0: 0 1", "1: 0 1", "2: 0 1"]);
        json.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32().ShouldBe(6);
    }

    [Fact]
    public async Task The_first_calls_with_a_message_are_refused()
    {
        const string Message = "@sim status=429 times=2 count tokens=1 #1";

        var first = await _model.CompleteAsync(TestProviders.Request(Message), default);
        var stream = await Should.ThrowAsync<ModelFailureException>(() => _model.Tokens(Message));

        first.Status.ShouldBe(429);
        first.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
        stream.Failure.Status.ShouldBe(429);
        (await _model.Answer(Message)).ShouldBe("0");
        (await _model.CompleteAsync(TestProviders.Request(Message + "other"), default)).Status.ShouldBe(429);
    }

    [Fact]
    public void The_refusal_counter_forgets_the_oldest_message_past_its_bound()
    {
        var counter = new RefusalCounter(capacity: 2);
        var messages = Enumerable.Range(0, 3).Select(i => SHA256.HashData([(byte)i])).ToArray();

        messages.ShouldAllBe(m => counter.Refuses(m, 1));

        counter.Refuses(messages[2], 1).ShouldBeFalse();
        counter.Refuses(messages[0], 1).ShouldBeTrue("it was forgotten");
    }

    [Fact]
    public async Task Fail_after_cuts_the_stream_behind_that_token_and_a_whole_answer()
    {
        var tokens = 0;
        var failure = await Should.ThrowAsync<ModelFailureException>(async () =>
        {
            var request = TestProviders.Request("@sim count tokens=9 fail_after=4", ",\"stream\":true");
            await foreach (var chunk in _model.StreamAsync(request, default))
            {
                tokens += chunk.Parts == ChatChunkParts.Content ? 1 : 0;
            }
        });

        var whole = await _model.CompleteAsync(TestProviders.Request("@sim tokens=9 fail_after=4"), default);

        tokens.ShouldBe(4);
        failure.Failure.Kind.ShouldBe(ModelFailureKind.Cut);
        whole.Failure!.Kind.ShouldBe(ModelFailureKind.Cut);
    }

    [Fact]
    public async Task A_stream_has_the_public_shape()
    {
        var chunks = new List<string>();
        var request = TestProviders.Request(
            "@sim count tokens=1", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        await foreach (var chunk in _model.StreamAsync(request, default))
        {
            chunks.Add(Encoding.UTF8.GetString(chunk.Json.Span));
        }

        var created = JsonDocument.Parse(chunks[0]).RootElement.GetProperty("created").GetInt64();
        var head = $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":{{created}},"""
            + "\"model\":\"sluice-sim\",";
        chunks.ShouldBe([
            head + """
            "choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}
            """,
            head + """
            "choices":[{"index":0,"delta":{"content":"0"},"finish_reason":null}],"usage":null}
            """,
            head + """
            "choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}
            """,
            head + """
            "choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}
            """,
        ]);
    }

    [Fact]
    public async Task Delays_are_kept_against_the_start_not_against_the_last_token()
    {
        var start = Stopwatch.GetTimestamp();

        await _model.Tokens("@sim tokens=21 first_ms=40 delay_ms=5");

        Stopwatch.GetElapsedTime(start).TotalMilliseconds.ShouldBeInRange(140, 2_000);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_at_once()
    {
        using var cancel = new CancellationTokenSource();
        var whole = _model.CompleteAsync(TestProviders.Request("@sim first_ms=600000"), cancel.Token);
        await using var stream = _model
            .StreamAsync(TestProviders.Request("@sim first_ms=600000", ",\"stream\":true"), cancel.Token)
            .GetAsyncEnumerator(default);
        var first = stream.MoveNextAsync().AsTask();

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => whole);
        await Should.ThrowAsync<OperationCanceledException>(() => first);
    }
}
