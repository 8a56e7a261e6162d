using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Sluice.LocalCluster.Demo;

/// <summary>A chat answer that appears token by token, through the gateway.</summary>
internal static class ChatDemo
{
    /// <summary>The directives give the simulated model the pace of a real one.</summary>
    private const string Question =
        "@sim first_ms=200 delay_ms=20 What does a sluice do, and what has it to do with language models?";

    /// <exception cref="DemoFailedException">
    /// The stream ended without its terminal event, or without a token.
    /// </exception>
    public static async Task RunAsync(DemoClient client, CancellationToken cancellationToken)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine("[bold]A streamed answer[/] (POST /v1/chat/completions, stream: true)");
        AnsiConsole.MarkupLineInterpolated($"[grey]> {Question}[/]");
        var body = new JsonObject
        {
            ["model"] = DemoClient.Model,
            ["stream"] = true,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Question }),
        };

        var started = Stopwatch.GetTimestamp();
        TimeSpan? first = null;
        var tokens = 0;
        await using var stream = await client.OpenAsync(
            HttpMethod.Post, "/v1/chat/completions", body, cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (item.Data == "[DONE]")
            {
                AnsiConsole.WriteLine();
                Report(tokens, first, Stopwatch.GetElapsedTime(started));
                return;
            }

            var frame = JsonNode.Parse(item.Data)!;
            if (frame["error"] is { } error)
            {
                throw new DemoFailedException($"the stream ended with {error.ToJsonString()}");
            }

            if (Delta(frame) is { Length: > 0 } text)
            {
                first ??= Stopwatch.GetElapsedTime(started);
                tokens++;
                AnsiConsole.Write(new Text(text));
            }
        }

        throw new DemoFailedException("the stream ended without [DONE].");
    }

    private static string? Delta(JsonNode frame) =>
        frame["choices"] is JsonArray { Count: > 0 } choices
            ? choices[0]?["delta"]?["content"]?.GetValue<string>()
            : null;

    private static void Report(int tokens, TimeSpan? first, TimeSpan whole)
    {
        if (first is not { } wait)
        {
            throw new DemoFailedException("the answer had no text.");
        }

        AnsiConsole.MarkupLineInterpolated(
            $"[grey]{tokens} tokens, first after {wait.TotalMilliseconds:0} ms, all in {whole.TotalSeconds:0.0} s[/]");
    }
}
