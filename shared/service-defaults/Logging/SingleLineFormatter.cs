using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.ServiceDefaults.Logging;

/// <summary>
/// One record, one line: <c>time level category[event] message (request=… trace=…) | exception</c>. Line breaks inside
/// become <c> | </c>, so that nobody can forge a record and a line-based collector keeps a stack together.
/// </summary>
internal sealed class SingleLineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        textWriter.Write(' ');
        textWriter.Write(Level(logEntry.LogLevel));
        textWriter.Write(' ');
        textWriter.Write(logEntry.Category);
        textWriter.Write('[');
        textWriter.Write(logEntry.EventId.Id);
        textWriter.Write("] ");
        WriteFolded(textWriter, message);
        WriteContext(textWriter, scopeProvider);
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(" | ");
            WriteFolded(textWriter, exception.ToString());
        }

        textWriter.Write('\n');
    }

    private static void WriteContext(TextWriter writer, IExternalScopeProvider? scopes)
    {
        var found = new Found();
        scopes?.ForEachScope(
            static (scope, state) =>
            {
                if (scope is RequestIdScope request)
                {
                    state.Request = request.Id;
                }
            },
            found);
        var trace = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity
            ? activity.TraceId.ToHexString()
            : null;
        if (found.Request is null && trace is null)
        {
            return;
        }

        writer.Write(" (");
        if (found.Request is not null)
        {
            writer.Write("request=");
            WriteFolded(writer, found.Request);
        }

        if (trace is not null)
        {
            writer.Write(found.Request is null ? "trace=" : " trace=");
            writer.Write(trace);
        }

        writer.Write(')');
    }

    private static void WriteFolded(TextWriter writer, string text)
    {
        var rest = text.AsSpan();
        for (var end = rest.IndexOfAny('\r', '\n'); end >= 0; end = rest.IndexOfAny('\r', '\n'))
        {
            writer.Write(rest[..end]);
            writer.Write(" | ");
            rest = rest[end..].TrimStart("\r\n ");
        }

        writer.Write(rest);
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };

    private sealed class Found
    {
        public string? Request { get; set; }
    }
}
