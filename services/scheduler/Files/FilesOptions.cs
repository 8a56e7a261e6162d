using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Files;

/// <summary>Bounds of files and of their removal (section <c>Files</c>).</summary>
internal sealed class FilesOptions
{
    public const string Section = "Files";

    /// <summary>
    /// Longest file. The listeners' <c>Http:MaxRequestBodyBytes</c> must leave room for it and its multipart frame.
    /// Default 200 MiB, 1 KiB to 2 GiB, bytes.
    /// </summary>
    [Range(1024, 2L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; init; } = 200L * 1024 * 1024;

    /// <summary>Time between two sweeps of expired and deleted files. Default 30 s, 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Files that one step of a sweep takes. Default 100, 1 to 10,000, files.</summary>
    [Range(1, 10_000)]
    public int SweepChunk { get; init; } = 100;

    /// <summary>
    /// Bytes without a file are an upload whose process died when they are older than this. Longer than any upload
    /// takes. Default 6 h, 1 min to 30 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan OrphanAge { get; init; } = TimeSpan.FromHours(6);

    /// <summary>
    /// How long the row of a removed file is kept, so that a client that pages and deletes can go on after it. Default
    /// 24 h, 0 to 30 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan TombstoneAge { get; init; } = TimeSpan.FromHours(24);
}
