using System.Diagnostics;

namespace Sluice.LocalCluster.Servers;

/// <summary>Runs a program to its end.</summary>
internal static class OneShot
{
    /// <summary>Arguments of <c>setpriv</c> that make the rest of its line run as <paramref name="user"/>.</summary>
    public static string[] As(string user) => [$"--reuid={user}", $"--regid={user}", "--init-groups", "--"];

    /// <exception cref="InvalidOperationException">
    /// It ended with another code than 0; the message has what it wrote.
    /// </exception>
    public static async Task RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var (code, output) = await ExecuteAsync(program, arguments, cancellationToken);
        if (code != 0)
        {
            throw new InvalidOperationException($"{program} ended with {code}: {output.Trim()}");
        }
    }

    public static async Task<bool> TryRunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        (await ExecuteAsync(program, arguments, cancellationToken)).Code == 0;

    private static async Task<(int Code, string Output)> ExecuteAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            // Not the caller's directory: the other user may not be allowed to enter it.
            WorkingDirectory = "/",
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
