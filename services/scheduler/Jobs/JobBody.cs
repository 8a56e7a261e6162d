using System.Text.Json;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Batches.Validation;
using Sluice.ServiceDefaults.Errors;
using Sluice.Tasks;

namespace Sluice.Scheduler.Jobs;

/// <summary>
/// Reads the body of POST /api/jobs: one task, an array of them, or JSON Lines (<c>application/x-ndjson</c>,
/// <c>application/jsonl</c>). All tasks are checked before anything is stored. Thread-safe.
/// </summary>
internal sealed class JobBody(
    TaskHandlers handlers, IOptions<JobOptions> options, IOptions<ValidationOptions> validation)
{
    private static readonly string[] s_lineTypes =
        ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

    /// <summary>Null, with the refusal, when a task is not acceptable.</summary>
    public JobTasks? Read(ReadOnlyMemory<byte> body, string? contentType, out OpenAiErrorResult? refusal)
    {
        var tasks = new JobTasks();
        var type = contentType?.Split(';')[0].Trim();
        try
        {
            refusal = s_lineTypes.Contains(type, StringComparer.OrdinalIgnoreCase)
                ? AddLines(tasks, body)
                : AddValues(tasks, body);
        }
        catch (JsonException exception)
        {
            refusal = OpenAiErrorResult.BadRequest(
                $"The body is not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}.",
                code: "invalid_json");
        }

        if (refusal is null && tasks.Count == 0)
        {
            refusal = OpenAiErrorResult.BadRequest("The body has no task.", code: "no_tasks");
        }

        return refusal is null ? tasks : null;
    }

    private OpenAiErrorResult? AddLines(JobTasks tasks, ReadOnlyMemory<byte> body)
    {
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0 && Add(tasks, line) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private OpenAiErrorResult? AddValues(JobTasks tasks, ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var value = body[start..(int)reader.BytesConsumed];
            reader.Read();
            return Add(tasks, value);
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (Add(tasks, body[start..(int)reader.BytesConsumed]) is { } refusal)
            {
                return refusal;
            }
        }

        reader.Read();
        return null;
    }

    private OpenAiErrorResult? Add(JobTasks tasks, ReadOnlyMemory<byte> json)
    {
        var number = tasks.Count + 1;
        if (number > options.Value.MaxTasks)
        {
            return OpenAiErrorResult.TooLarge(
                $"The body has more than {options.Value.MaxTasks} tasks.", code: "too_many_tasks");
        }

        var problem = json.Length > validation.Value.MaxLineBytes
            ? new(LineErrorCode.LineTooLong, $"It is longer than {validation.Value.MaxLineBytes} bytes.")
            : TaskLine.Read(json, handlers, out var task) ?? tasks.Add(task);
        return problem is null
            ? null
            : OpenAiErrorResult.BadRequest(
                $"Task {number} is refused: {problem.Message}", problem.Param, problem.Code);
    }
}
