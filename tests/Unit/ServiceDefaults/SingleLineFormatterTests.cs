using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Logging;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class SingleLineFormatterTests
{
    [Fact]
    public void A_record_with_line_breaks_and_an_exception_is_one_line()
    {
        var line = Write("first\r\nsecond\n  third", new InvalidOperationException("a\nb"));

        line.ShouldStartWith("2026-01-02T03:04:05.678Z warn Category[7] first | second | third | ");
        line.ShouldContain("InvalidOperationException: a | b");
        line.Count(c => c == '\n').ShouldBe(1);
        line.ShouldEndWith("\n");
    }

    [Fact]
    public void Request_and_trace_are_named()
    {
        using var activity = new Activity("test").Start();
        var scopes = new LoggerExternalScopeProvider();
        using var outer = scopes.Push("something else");
        using var inner = scopes.Push(new RequestIdScope("req_1"));

        Write("hello", null, scopes)
            .ShouldBe($"2026-01-02T03:04:05.678Z warn Category[7] hello (request=req_1 trace={activity.TraceId})\n");
    }

    private static string Write(string message, Exception? exception, IExternalScopeProvider? scopes = null)
    {
        using var writer = new StringWriter();
        var record = new LogEntry<string>(
            LogLevel.Warning, "Category", 7, message, exception, (state, _) => state);
        new SingleLineFormatter(new FixedTime()).Write(record, scopes, writer);
        return writer.ToString();
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    }
}
