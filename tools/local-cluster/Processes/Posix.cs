using System.Runtime.InteropServices;

namespace Sluice.LocalCluster.Processes;

internal static partial class Posix
{
    public static bool IsRoot { get; } = EffectiveUserId() == 0;

    /// <summary>Sends a signal; false when there is no such process (any more).</summary>
    public static bool Send(int pid, Signal signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pid, 2);
        return Kill(pid, (int)signal) == 0;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUserId();
}
