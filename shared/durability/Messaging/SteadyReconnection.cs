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
    /// <summary>Then the transport begins with the first one again.</summary>
    private const int Intervals = 10;

    public static void Apply(IRabbitMqBusFactoryConfigurator rabbit, TimeSpan delay)
    {
        var host = (RabbitMqHostConfiguration)Host((RabbitMqBusFactoryConfigurator)rabbit);
        Policy(host) = Retry.Interval(Intervals, delay);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_hostConfiguration")]
    private static extern ref IRabbitMqHostConfiguration Host(RabbitMqBusFactoryConfigurator rabbit);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<ReceiveTransportRetryPolicy>k__BackingField")]
    private static extern ref IRetryPolicy Policy(RabbitMqHostConfiguration host);
}
