using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary>Plain, unbroken lines when nobody watches: a log or a pipe gets no colours and no wrapping.</summary>
internal static class Terminal
{
    private const int UnwrappedColumns = 4_000;

    public static void Configure()
    {
        if (!Console.IsOutputRedirected)
        {
            return;
        }

        var profile = AnsiConsole.Profile;
        profile.Width = UnwrappedColumns;
        profile.Capabilities.Ansi = false;
        profile.Capabilities.Interactive = false;
        profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    }
}
