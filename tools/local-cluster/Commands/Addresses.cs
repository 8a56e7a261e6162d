using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary>The URLs of a running cluster, for a human.</summary>
internal static class Addresses
{
    public static void Print(IReadOnlyDictionary<string, string> environment, string dataDirectory)
    {
        if (!environment.TryGetValue("SLUICE_URL", out var url))
        {
            return;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap());
        Row(grid, "API", url + "/v1");
        Row(grid, "docs", url + "/docs");
        Row(grid, "health", url + "/healthz/ready");
        Row(grid, "RabbitMQ", environment.GetValueOrDefault("RABBITMQ_MANAGEMENT_URI", ""));
        Row(grid, "PostgreSQL", environment.GetValueOrDefault("POSTGRES_URI", ""));
        Row(grid, "logs", Path.Combine(dataDirectory, "logs"));
        AnsiConsole.Write(grid);
    }

    private static void Row(Grid grid, string name, string value) =>
        grid.AddRow(new Markup($"[bold]{name}[/]"), new Text(value));
}
