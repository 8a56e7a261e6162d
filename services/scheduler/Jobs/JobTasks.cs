using System.Buffers;
using System.Globalization;
using System.Text;
using Sluice.Scheduler.Batches.Validation;

namespace Sluice.Scheduler.Jobs;

/// <summary>The tasks of one job as they are stored: JSON Lines, one canonical <see cref="TaskLine"/> each.</summary>
internal sealed class JobTasks
{
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly CustomIds _customIds = new();

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Lines => _lines.WrittenMemory;

    /// <summary>That of all tasks as raw JSON; empty when none has one.</summary>
    public ReadOnlyMemory<byte> Priority { get; private set; }

    /// <summary>The <c>completion_window</c> of all tasks as raw JSON; empty when none has one.</summary>
    public ReadOnlyMemory<byte> Window { get; private set; }

    /// <summary>Takes the next task; a problem names what keeps it out.</summary>
    public LineProblem? Add(TaskLine task)
    {
        Count++;
        if (task.CustomId.IsEmpty)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"task-{Count}");
            var bytes = Encoding.ASCII.GetBytes(id);
            return Add(task, Encoding.ASCII.GetBytes($"\"{id}\""), CustomIds.Hash(bytes));
        }

        return Add(task, task.CustomId.Span, task.CustomIdHash);
    }

    private LineProblem? Add(TaskLine task, ReadOnlySpan<byte> customId, UInt128 hash)
    {
        if (!_customIds.TryAdd(hash, Count, out var earlier))
        {
            return new(
                LineErrorCode.DuplicateCustomId,
                $"Task {earlier} has the same 'custom_id' ('task-<n>' is that of a task without one).",
                "custom_id");
        }

        if (SetShared(task) is { } problem)
        {
            return problem;
        }

        _lines.Write("{\"custom_id\":"u8);
        _lines.Write(customId);
        _lines.Write(",\"type\":\""u8);
        _lines.Write(Encoding.ASCII.GetBytes(task.Handler!.Type));
        _lines.Write("\",\"data\":"u8);
        WriteOneLine(task.Data.Span);
        if (task.MaxRetries is { } retries)
        {
            _lines.Write(Encoding.ASCII.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $",\"max_retries\":{retries}")));
        }

        _lines.Write("}\n"u8);
        return null;
    }

    /// <summary>A job is dispatched as one, so that its tasks share a priority and a window.</summary>
    private LineProblem? SetShared(TaskLine task)
    {
        if (Count > 1 && !task.Priority.Span.SequenceEqual(Priority.Span))
        {
            return Mixed("mixed_priorities", "priority");
        }

        if (Count > 1 && !task.Window.Span.SequenceEqual(Window.Span))
        {
            return Mixed("mixed_completion_windows", "completion_window");
        }

        (Priority, Window) = (task.Priority, task.Window);
        return null;
    }

    private static LineProblem Mixed(string code, string member) => new(
        code, $"All tasks of a job have the same '{member}'; send those of another one as another job.", member);

    /// <summary>Line breaks of JSON stand between its tokens only.</summary>
    private void WriteOneLine(ReadOnlySpan<byte> json)
    {
        while (json.IndexOfAny((byte)'\n', (byte)'\r') is var at and >= 0)
        {
            _lines.Write(json[..at]);
            json = json[(at + 1)..];
        }

        _lines.Write(json);
    }
}
