namespace Sluice.Durability.Messaging;

/// <summary>Asks the broker, apart from the bus, whether it answers.</summary>
internal interface IBrokerProbe
{
    Task<bool> AnswersAsync(CancellationToken cancellationToken);
}
