using System.Text.Json;
using Dapper;
using Npgsql;
using Sluice.Scheduler.Batches.Validation;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>A failed line with another body, checked as the lines of its batch are. Safe for concurrent use.</summary>
internal sealed class EditedLine(NpgsqlDataSource dataSource, InputValidators validators)
{
    /// <summary>The line; or why that is none.</summary>
    /// <param name="letter">What failed.</param>
    /// <param name="payload">Its line; null when that is not there any more.</param>
    /// <param name="body">JSON object: the request's <c>body</c>, or a task's <c>data</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(byte[]? Line, OpenAiErrorResult? Refusal)> OfAsync(
        LetterRow letter, byte[]? payload, JsonElement body, CancellationToken cancellationToken)
    {
        var endpoint = await EndpointAsync(letter, cancellationToken);
        var isTask = endpoint == Jobs.JobsEndpoints.Path;
        if (isTask && payload is null)
        {
            return (null, OpenAiErrorResult.Conflict(
                "The task is not there any more: nobody knows its type.", "body", "not_editable"));
        }

        var line = isTask
            ? EditedPayload.Task(payload!, body)
            : EditedPayload.Line(payload, letter.CustomId, endpoint, body);
        var problem = line.Length > validators.Options.MaxLineBytes
            ? new LineProblem(
                LineErrorCode.LineTooLong,
                $"The line would have {line.Length} bytes; at most {validators.Options.MaxLineBytes} are supported.")
            : validators.RuleOf(endpoint)(line, out _);
        return problem is not null
            ? (null, OpenAiErrorResult.BadRequest(problem.Message, problem.Param ?? "body", problem.Code))
            : (line, null);
    }

    private async Task<string> EndpointAsync(LetterRow letter, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<string>(new(
            $"SELECT endpoint FROM {SchedulerSchema.Name}.batches WHERE id = @BatchId",
            new { letter.BatchId },
            cancellationToken: cancellationToken));
    }
}
