namespace Sluice.Inference.Responses;

/// <summary>Names of the events, but for those about parts, which <see cref="PartNames"/> has.</summary>
internal static class EventTypes
{
    public const string Created = "response.created";
    public const string Queued = "response.queued";
    public const string InProgress = "response.in_progress";
    public const string Completed = "response.completed";
    public const string Incomplete = "response.incomplete";
    public const string Failed = "response.failed";
    public const string ItemAdded = "response.output_item.added";
    public const string ItemDone = "response.output_item.done";
    public const string PartAdded = "response.content_part.added";
    public const string PartDone = "response.content_part.done";
}
