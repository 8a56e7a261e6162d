using Microsoft.Extensions.Options;
using Sluice.Scheduler.Jobs;
using Sluice.Tasks;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>Makes the validator of an input file: requests of an endpoint, or the tasks of a job.</summary>
internal sealed class InputValidators(TaskHandlers handlers, ShardSizes sizes, IOptions<ValidationOptions> options)
{
    public ValidationOptions Options => options.Value;

    public async Task<InputValidator> ForAsync(ValidationInput input, CancellationToken cancellationToken)
    {
        var shardLines = await sizes.OfAsync(input.Lease.BlobId, input.Bytes, input.Lines, cancellationToken);
        return new(RuleOf(input.Endpoint), shardLines, Options);
    }

    /// <summary>What each line of a batch of this endpoint has to keep to.</summary>
    public LineRule RuleOf(string endpoint) =>
        endpoint == JobsEndpoints.Path ? CheckTask : LineCheck.For(endpoint);

    private LineProblem? CheckTask(ReadOnlySpan<byte> line, out UInt128 customId)
    {
        var problem = TaskLine.Read(line.ToArray(), handlers, out var task);
        customId = task.CustomIdHash;
        return problem ?? (task.CustomId.IsEmpty
            ? new(LineErrorCode.MissingField, "'custom_id' is missing.", "custom_id")
            : null);
    }
}
