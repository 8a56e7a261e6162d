namespace Sluice.Inference.Simulated;

internal enum SimulatedMode
{
    /// <summary>Readable sentences.</summary>
    Text,

    /// <summary><c>hash</c>: the SHA-256 of the message.</summary>
    Hash,

    /// <summary><c>count</c>: numbers from 0.</summary>
    Count,

    /// <summary><c>stamp</c>: the time at which each token was due, for latency measurements.</summary>
    Stamp,
}
