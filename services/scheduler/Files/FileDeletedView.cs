namespace Sluice.Scheduler.Files;

/// <summary>Answer to the deletion of a file.</summary>
internal sealed record FileDeletedView(string Id)
{
    public string Object { get; } = "file";

    public bool Deleted { get; } = true;
}
