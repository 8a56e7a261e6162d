using System.Net;

namespace Sluice.Bench.Fanout;

/// <summary>One stream while it is measured. Disposing ends it.</summary>
internal interface IFanoutStream : IDisposable
{
    /// <summary>Where readers connect.</summary>
    IPEndPoint Address { get; }

    /// <summary>What a reader sends, to have the stream from its first event.</summary>
    byte[] Request { get; }

    /// <summary>Returns when the server has joined all of them, or when the events begin.</summary>
    Task WaitForReadersAsync(IReadOnlyList<FanoutReader> readers);

    /// <summary>Ends with the last event, or by the cancellation.</summary>
    Task PublishAsync(CancellationToken cancellation);
}
