using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Sluice.ServiceDefaults.Logging;

/// <summary>
/// Console output: one line per record; <c>Logging:Console:FormatterName=json</c> gives one JSON object per record.
/// </summary>
internal static class ConsoleLogging
{
    public static void AddSingleLineConsole(this WebApplicationBuilder builder)
    {
        builder.Logging.AddConsole().AddConsoleFormatter<SingleLineFormatter, ConsoleFormatterOptions>();
        if (string.IsNullOrEmpty(builder.Configuration["Logging:Console:FormatterName"]))
        {
            builder.Services.Configure<ConsoleLoggerOptions>(
                options => options.FormatterName = SingleLineFormatter.FormatterName);
        }

        builder.Services.Configure<JsonConsoleFormatterOptions>(options =>
        {
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
    }
}
