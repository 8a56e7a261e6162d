using System.Text;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Files;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Jobs;

/// <summary>A job to create.</summary>
/// <param name="Input">The file of its tasks; its bytes are stored, its row is not yet.</param>
/// <param name="Lines">How many tasks it has.</param>
/// <param name="Body">What its batch is asked for.</param>
internal sealed record NewJob(StoredFile Input, int Lines, CreateBatchBody Body)
{
    /// <summary>
    /// The body of a POST that would create the job's batch, so that both understand the same; null, with a refusal,
    /// when its priority or its window is none.
    /// </summary>
    public static CreateBatchBody? BodyOf(
        Guid input, JobTasks tasks, TimeSpan defaultWindow, out OpenAiErrorResult? refusal)
    {
        var priority = tasks.Priority.IsEmpty ? "null" : Encoding.UTF8.GetString(tasks.Priority.Span);
        var window = tasks.Window.IsEmpty
            ? $"\"{CompletionWindow.Of(defaultWindow).Text}\""
            : Encoding.UTF8.GetString(tasks.Window.Span);
        return CreateBatchBody.Parse(
            Encoding.UTF8.GetBytes(
                $$"""
                {"input_file_id":"{{PublicId.File(input)}}","endpoint":"{{JobsEndpoints.Path}}",
                "completion_window":{{window}},"priority":{{priority}}}
                """),
            out refusal);
    }
}
