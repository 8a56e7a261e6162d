namespace Sluice.Tests.Integration.Streaming;

/// <summary>What <see cref="CutProvider"/> does after its bytes.</summary>
public enum CutEnding
{
    Close,
    Reset,
    Silence,
}
