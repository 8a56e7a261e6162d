using MassTransit;
using MassTransit.Scheduling;
using Sluice.Durability.Outbox;

namespace Sluice.Durability.Scheduling;

/// <summary>
/// Delayed messages as outbox rows with a <c>deliver_at</c>: no broker plug-in, and cancelling really takes the message
/// back, until a relay has claimed it.
/// </summary>
internal sealed class OutboxScheduleProvider(ISendEndpointProvider endpoints, IScheduleCancellation cancellation)
    : IScheduleMessageProvider
{
    public async Task<ScheduledMessage<T>> ScheduleSend<T>(
        Uri destinationAddress,
        DateTime scheduledTime,
        T message,
        IPipe<SendContext<T>> pipe,
        CancellationToken cancellationToken)
        where T : class
    {
        if (!MessageTypeCache<T>.IsValidMessageType)
        {
            throw new ArgumentException(MessageTypeCache<T>.InvalidMessageTypeReason, nameof(message));
        }

        var token = ScheduleTokenIdCache<T>.GetTokenId(message);
        var schedule = new ScheduleSendPipe<T>(pipe, scheduledTime) { ScheduledMessageId = token };
        var endpoint = await endpoints.GetSendEndpoint(destinationAddress);
        await endpoint.Send(message, schedule, cancellationToken);
        return new ScheduledMessageHandle<T>(
            schedule.ScheduledMessageId ?? token, scheduledTime, destinationAddress, message);
    }

    public Task CancelScheduledSend(Guid tokenId, CancellationToken cancellationToken) =>
        cancellation.CancelAsync(tokenId, cancellationToken);

    public Task CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) =>
        cancellation.CancelAsync(tokenId, cancellationToken);
}
