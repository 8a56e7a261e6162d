using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Sluice.LocalCluster.Demo;

/// <summary>A batch of 1,000 lines from the upload of its file to the download of its results.</summary>
internal static class BatchDemo
{
    private const int Lines = 1_000;
    private const int LinesShown = 3;
    private const string Endpoint = "/v1/chat/completions";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly string[] Ended = ["completed", "failed", "expired", "cancelled"];

    /// <exception cref="DemoFailedException">
    /// The batch did not complete, or its output is not one line per input line.
    /// </exception>
    public static async Task RunAsync(DemoClient client, CancellationToken cancellationToken)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLineInterpolated($"[bold]A batch of {Lines} lines[/] (POST /v1/files, POST /v1/batches)");
        var file = await client.UploadAsync("tickets.jsonl", Input(), cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var batch = await client.PostAsync("/v1/batches", Request(file), cancellationToken);
        batch = await WatchAsync(client, Id(batch), cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (Status(batch) != "completed" || Completed(batch) != Lines)
        {
            throw new DemoFailedException($"the batch ended as {batch.ToJsonString()}");
        }

        AnsiConsole.MarkupLineInterpolated(
            $"[grey]{Lines} lines in {elapsed.TotalSeconds:0.0} s, {Lines / elapsed.TotalSeconds:0} lines/s[/]");
        await ShowOutputAsync(client, batch["output_file_id"]!.GetValue<string>(), cancellationToken);
    }

    private static byte[] Input()
    {
        var text = new StringBuilder();
        for (var line = 1; line <= Lines; line++)
        {
            var request = new JsonObject
            {
                ["custom_id"] = CustomId(line),
                ["method"] = "POST",
                ["url"] = Endpoint,
                ["body"] = new JsonObject
                {
                    ["model"] = DemoClient.Model,
                    ["messages"] = new JsonArray(new JsonObject
                    {
                        ["role"] = "user",
                        // More than half a second for each line, so that there is something to watch.
                        ["content"] = $"@sim first_ms=600 Summarise ticket {line}: order {line * 7} arrived late.",
                    }),
                },
            };
            text.Append(request.ToJsonString()).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static JsonObject Request(JsonNode file) => new()
    {
        ["input_file_id"] = Id(file),
        ["endpoint"] = Endpoint,
        ["completion_window"] = "24h",
    };

    /// <summary>A bar that moves where there is a terminal, and else a line at each tenth.</summary>
    private static Task<JsonNode> WatchAsync(DemoClient client, string id, CancellationToken cancellationToken)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
        {
            var tenths = -1;
            return WatchAsync(client, id, progress =>
            {
                if (progress.Tenths > tenths)
                {
                    tenths = progress.Tenths;
                    AnsiConsole.WriteLine(progress.Line);
                }
            }, cancellationToken);
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask("validating", maxValue: Lines);
                return WatchAsync(client, id, progress =>
                {
                    task.Value = progress.Completed;
                    task.Description = progress.Text;
                }, cancellationToken);
            });
    }

    private static async Task<JsonNode> WatchAsync(
        DemoClient client, string id, Action<BatchProgress> show, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var batch = await client.GetAsync("/v1/batches/" + id, cancellationToken);
            var elapsed = Stopwatch.GetElapsedTime(started);
            show(new BatchProgress(Status(batch), Completed(batch), Lines, elapsed));
            if (Ended.Contains(Status(batch), StringComparer.Ordinal))
            {
                return batch;
            }

            if (elapsed > Patience)
            {
                throw new DemoFailedException($"the batch did not end within {Patience}: {batch.ToJsonString()}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private static async Task ShowOutputAsync(DemoClient client, string fileId, CancellationToken cancellationToken)
    {
        var path = $"/v1/files/{fileId}/content";
        AnsiConsole.MarkupLineInterpolated($"[grey]GET {path}[/]");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        using var output = new StreamReader(await client.OpenAsync(HttpMethod.Get, path, null, cancellationToken));
        while (await output.ReadLineAsync(cancellationToken) is { } line)
        {
            if (seen.Count < LinesShown)
            {
                AnsiConsole.Write(new Text(line + "\n"));
            }

            seen.Add(JsonNode.Parse(line)!["custom_id"]!.GetValue<string>());
        }

        if (!seen.SetEquals(Enumerable.Range(1, Lines).Select(CustomId)))
        {
            throw new DemoFailedException($"the output file has {seen.Count} different lines, not {Lines}.");
        }

        AnsiConsole.MarkupLineInterpolated($"[grey]… and {Lines - LinesShown} more[/]");
        AnsiConsole.WriteLine();
    }

    private static string CustomId(int line) => "ticket-" + line.ToString("0000", CultureInfo.InvariantCulture);

    private static string Id(JsonNode node) => node["id"]!.GetValue<string>();

    private static string Status(JsonNode batch) => batch["status"]!.GetValue<string>();

    private static int Completed(JsonNode batch) => batch["request_counts"]?["completed"]?.GetValue<int>() ?? 0;
}
