using System.Diagnostics;

namespace Sluice.Bench.Batch;

/// <summary>One batch from upload to checked output.</summary>
internal static class BatchRun
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <exception cref="InvalidOperationException">The batch did not complete, or its output is wrong.</exception>
    public static async Task<BatchResult> MeasureAsync(
        BatchClient client, BatchClock clock, BatchInput input, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var file = await client.UploadAsync(input.Content, cancellationToken);
        var upload = Stopwatch.GetElapsedTime(begun);

        var posted = Stopwatch.GetTimestamp();
        var id = (await client.SubmitAsync(file, cancellationToken))["id"]!.GetValue<string>();
        var (output, validation) = await CompletedAsync(client, id, posted, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(posted);
        var finalization = await clock.SinceLastShardAsync(id, cancellationToken);

        var opened = Stopwatch.GetTimestamp();
        var answers = await client.DownloadAsync(output, cancellationToken);
        var download = Stopwatch.GetElapsedTime(opened);
        Check(input, answers);
        return new(
            input.Answers.Count / elapsed.TotalSeconds, upload, validation, elapsed - validation - finalization,
            finalization, download);
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

            await Task.Delay(PollEvery, cancellationToken);
        }
    }

    private static void Check(BatchInput input, Dictionary<string, string> answers)
    {
        var wrong = input.Answers.Count(pair => answers.GetValueOrDefault(pair.Key) != pair.Value);
        if (wrong > 0 || answers.Count != input.Answers.Count)
        {
            throw new InvalidOperationException(
                $"The output has {answers.Count} lines for {input.Answers.Count}; {wrong} are missing or wrong.");
        }
    }
}
