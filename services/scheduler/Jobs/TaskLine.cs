using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Sluice.Scheduler.Batches.Validation;
using Sluice.Tasks;

namespace Sluice.Scheduler.Jobs;

/// <summary>
/// One task as a client sends it and as a job's input stores it: an object with <c>type</c>, <c>data</c> and, if
/// wanted, <c>custom_id</c>, <c>priority</c>, <c>completion_window</c> and <c>max_retries</c>. Nothing else, so that a
/// misspelt member is told.
/// </summary>
internal sealed class TaskLine
{
    public const int MaxRetriesLimit = 99;

    private const int MaxShown = 100;

    /// <summary>Raw JSON string; empty when the task has none.</summary>
    public ReadOnlyMemory<byte> CustomId { get; private set; }

    /// <summary>Stands for the custom_id, see <see cref="CustomIds"/>.</summary>
    public UInt128 CustomIdHash { get; private set; }

    public ITaskHandler? Handler { get; private set; }

    /// <summary>Raw JSON value.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>Raw JSON value; empty when the task has none.</summary>
    public ReadOnlyMemory<byte> Priority { get; private set; }

    /// <summary>Raw JSON value; empty when the task has none.</summary>
    public ReadOnlyMemory<byte> Window { get; private set; }

    public int? MaxRetries { get; private set; }

    /// <summary>Null with the task; the problem names the member.</summary>
    /// <param name="json">UTF-8; one JSON value.</param>
    /// <param name="handlers">Whose types there are.</param>
    /// <param name="line">The task, as far as it was read.</param>
    public static LineProblem? Read(ReadOnlyMemory<byte> json, TaskHandlers handlers, out TaskLine line)
    {
        line = new TaskLine();
        if (!Utf8.IsValid(json.Span))
        {
            return new(LineErrorCode.InvalidUtf8, "It is not valid UTF-8.");
        }

        try
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return new(LineErrorCode.NotAnObject, "It is not a JSON object.");
            }

            LineProblem? problem = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // The rest is read on: what is no JSON at all is told first.
                var found = line.ReadMember(ref reader, json, handlers);
                problem ??= found;
            }

            reader.Read();
            return problem ?? line.Check();
        }
        catch (JsonException exception)
        {
            return new(LineErrorCode.InvalidJson, $"It is not valid JSON at byte {exception.BytePositionInLine}.");
        }
    }

    private LineProblem? ReadMember(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, TaskHandlers handlers)
    {
        var name = Text(ref reader) ?? "";
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var kind = reader.TokenType;
        var text = kind == JsonTokenType.String ? Text(ref reader) : null;
        var number = kind == JsonTokenType.Number && reader.TryGetInt32(out var whole) ? whole : (int?)null;
        reader.Skip();
        var value = json[start..(int)reader.BytesConsumed];
        switch (name)
        {
            case "custom_id":
                return SetCustomId(value, text);
            case "type":
                return SetType(text, handlers);
            case "data":
                Data = value;
                return null;
            case "priority":
                Priority = kind == JsonTokenType.Null ? default : value;
                return null;
            case "completion_window":
                Window = kind == JsonTokenType.Null ? default : value;
                return null;
            case "max_retries":
                MaxRetries = number;
                return kind == JsonTokenType.Null || number is >= 0 and <= MaxRetriesLimit
                    ? null
                    : new(
                        LineErrorCode.InvalidType,
                        $"'max_retries' must be a whole number from 0 to {MaxRetriesLimit}.",
                        "max_retries");
            default:
                return new(
                    LineErrorCode.UnknownField,
                    $"'{Shown(name)}' is unknown; there are 'type', 'data', 'priority', 'completion_window', "
                    + "'max_retries' and 'custom_id'.",
                    Shown(name));
        }
    }

    private LineProblem? SetCustomId(ReadOnlyMemory<byte> raw, string? text)
    {
        if (text is not { Length: > 0 and <= LineCheck.MaxCustomIdLength })
        {
            return new(
                LineErrorCode.InvalidCustomId,
                $"'custom_id' must be a string of 1 to {LineCheck.MaxCustomIdLength} characters.",
                "custom_id");
        }

        (CustomId, CustomIdHash) = (raw, CustomIds.Hash(Encoding.UTF8.GetBytes(text)));
        return null;
    }

    private LineProblem? SetType(string? text, TaskHandlers handlers)
    {
        if (text is null)
        {
            return new(LineErrorCode.InvalidType, "'type' must be a string.", "type");
        }

        Handler = handlers.TryFindType(Encoding.UTF8.GetBytes(text), out var found) ? found : null;
        return Handler is not null
            ? null
            : new(
                LineErrorCode.UnknownTaskType,
                $"There are no tasks of the type '{Shown(text)}'; there are {string.Join(", ", handlers.Types)}.",
                "type");
    }

    private LineProblem? Check()
    {
        if (Handler is null || Data.IsEmpty)
        {
            var field = Handler is null ? "type" : "data";
            return new(LineErrorCode.MissingField, $"'{field}' is missing.", field);
        }

        return Handler.Check(Data) is { } problem
            ? new(
                problem.Code == TaskProblem.InvalidCode ? LineErrorCode.InvalidTaskData : problem.Code,
                problem.Message,
                problem.Param is null ? "data" : $"data.{problem.Param}")
            : null;
    }

    /// <summary>Null for half of a surrogate pair, which is no text.</summary>
    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Shown(string text) =>
        text.Length <= MaxShown ? text : string.Concat(text.AsSpan(0, MaxShown), "…");
}
