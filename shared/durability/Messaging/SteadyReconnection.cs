using System.Runtime.CompilerServices;
using MassTransit;
using MassTransit.RabbitMqTransport.Configuration;

namespace Sluice.Durability.Messaging;

/// <summary>
/// How long an endpoint waits before it connects again: <see cref="MessagingOptions.ReconnectDelay"/>, always.
/// MassTransit 8.4.0 waits longer with each interruption since the process began, up to 30 s, and does not begin anew
/// when a connection has held (its <c>ReceiveTransport</c> and <c>RabbitMqHostConfiguration</c>): after four of them a
/// broker that is back for a second is not used for half a minute. No setting of it changes that.
/// </summary>
internal static class SteadyReconnection
{
    /// <summary>As many as MassTransit's own; then the transport begins with the first one again.</summary>
    private const int Attempts = 1_000;

    public static void Apply(IRabbitMqHostConfiguration host, TimeSpan delay)
    {
        ref var policy = ref Policy((RabbitMqHostConfiguration)host);
        policy = new SameFailures(policy).Interval(Attempts, delay);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<ReceiveTransportRetryPolicy>k__BackingField")]
    private static extern ref IRetryPolicy Policy(RabbitMqHostConfiguration host);

    /// <summary>
    /// The same policy repeats sends: one that fails for another reason than a connection has to fail at once.
    /// </summary>
    private sealed class SameFailures(IRetryPolicy original) : IExceptionFilter
    {
        public bool Match(Exception exception) => original.IsHandled(exception);

        public void Probe(ProbeContext context) => original.Probe(context);
    }
}
