using Sluice.Durability.Messaging;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Notes that the process was to end, instead of ending the tests.</summary>
internal sealed class RecordedExit : IProcessExit
{
    private volatile string? _reason;

    public string? Reason => _reason;

    public void Exit(string reason) => _reason = reason;
}
