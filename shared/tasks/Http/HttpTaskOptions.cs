using System.ComponentModel.DataAnnotations;

namespace Sluice.Tasks.Http;

/// <summary>
/// Configuration section <c>HttpTasks</c>: what tasks of the type <c>http</c> may call. Schedulers refuse by it and
/// workers call by it: give both the same.
/// </summary>
internal sealed class HttpTaskOptions
{
    public const string Section = "HttpTasks";

    /// <summary>
    /// Hosts that may be called: <c>hooks.example.org</c> (the default port of the URL's scheme),
    /// <c>hooks.example.org:8443</c>, <c>*.example.org</c> (names below it, not itself). Default none: every task of
    /// the type is refused. At most 1,000.
    /// </summary>
    public IList<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// Whether an allowed host may have an address of a private network, loopback included. Default false.
    /// </summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>From the request to the end of the answer. Default 30 s, range 100 ms to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest answer, in bytes. Default 1 MiB, range 1 KiB to 16 MiB.</summary>
    [Range(1024, 16 << 20)]
    public int MaxResponseBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Calls open at one time for each entry of the list, per process. Default 64, range 1 to 10,000.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxConcurrency { get; init; } = 64;
}
