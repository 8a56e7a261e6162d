using System.Collections;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Sluice.Bench.Batch;

/// <summary>One batch from upload to checked output.</summary>
internal static class BatchRun
{
    // Who asks how a batch does is answered from its shards, which is work for the machine that is measured.
    private static readonly TimeSpan PollRarely = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PollOften = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <exception cref="InvalidOperationException">The batch did not complete, or its output is wrong.</exception>
    public static async Task<BatchResult> MeasureAsync(
        BatchCluster cluster, BatchInput input, CancellationToken cancellationToken, string? priority = null)
    {
        var client = cluster.Client;
        var begun = Stopwatch.GetTimestamp();
        var file = await client.UploadAsync(input.Content, cancellationToken);
        var upload = Stopwatch.GetElapsedTime(begun);

        var posted = Stopwatch.GetTimestamp();
        var id = (await client.SubmitAsync(file, priority, cancellationToken))["id"]!.GetValue<string>();
        var (output, validation) = await CompletedAsync(client, id, posted, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(posted);
        var finalization = await cluster.Clock.SinceLastShardAsync(id, cancellationToken);

        var opened = Stopwatch.GetTimestamp();
        await CheckAsync(client, output, input, cancellationToken);
        return new(input.Lines, elapsed, upload, validation, finalization, Stopwatch.GetElapsedTime(opened));
    }

    private static async Task<(string Output, TimeSpan Validation)> CompletedAsync(
        BatchClient client, string id, long posted, CancellationToken cancellationToken)
    {
        TimeSpan? validation = null;
        while (true)
        {
            var batch = await client.GetAsync(id, cancellationToken);
            var status = batch["status"]!.GetValue<string>();
            if (status is not "validating")
            {
                validation ??= Stopwatch.GetElapsedTime(posted);
            }

            if (status is "completed")
            {
                return (batch["output_file_id"]!.GetValue<string>(), validation!.Value);
            }

            if (status is not ("validating" or "in_progress" or "finalizing")
                || Stopwatch.GetElapsedTime(posted) > Patience)
            {
                throw new InvalidOperationException($"The batch did not complete: {batch.ToJsonString()}");
            }

            await Task.Delay(IsInTheMiddle(batch) ? PollRarely : PollOften, cancellationToken);
        }
    }

    /// <summary>Running, and neither nearly at its end nor small.</summary>
    private static bool IsInTheMiddle(JsonNode batch)
    {
        var counts = batch["request_counts"]!;
        var (total, completed) = (counts["total"]!.GetValue<int>(), counts["completed"]!.GetValue<int>());
        return batch["status"]!.GetValue<string>() == "in_progress" && completed < total * 0.9 && total >= 10_000;
    }

    private static async Task CheckAsync(
        BatchClient client, string output, BatchInput input, CancellationToken cancellationToken)
    {
        var seen = new BitArray(input.Lines + 1);
        await foreach (var (id, answer) in client.DownloadAsync(output, cancellationToken))
        {
            var line = input.LineOf(id, answer);
            if (line == 0 || seen[line])
            {
                throw new InvalidOperationException($"The output has '{id}' twice, or with a wrong answer: {answer}");
            }

            seen[line] = true;
        }

        if (seen.PopCount() is var answered && answered != input.Lines)
        {
            throw new InvalidOperationException($"The output has {answered} lines for {input.Lines}.");
        }
    }

    private static int PopCount(this BitArray bits)
    {
        var count = 0;
        for (var bit = 0; bit < bits.Length; bit++)
        {
            count += bits[bit] ? 1 : 0;
        }

        return count;
    }
}
