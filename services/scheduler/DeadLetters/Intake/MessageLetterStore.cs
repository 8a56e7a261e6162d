using RabbitMQ.Client;
using Sluice.BatchStore.DeadLetters;
using Sluice.Durability.Faults;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>Stores what the broker delivers, once however often it does. Thread-safe.</summary>
internal sealed partial class MessageLetterStore(
    SchedulerTransactions transactions,
    MessageLetterReader reader,
    MessageLetters letters,
    IFaultPoints faults,
    ILogger<MessageLetterStore> logger)
{
    /// <summary>False when it could not be stored now: it is not to be acknowledged.</summary>
    public async Task<bool> StoreAsync(
        string queue, LetterSource source, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken)
    {
        try
        {
            var letter = reader.Read(queue, source, properties, body);
            await using var transaction = await transactions.BeginAsync(cancellationToken);
            var isNew = await letters.StoreAsync(transaction, letter, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (isNew)
            {
                SchedulerMetrics.LettersStored(queue, letter.Code);
                Log.Stored(logger, queue, letter.MessageType, letter.Code, letter.Message);
                await faults.ReachAsync("deadLetters.afterStore", cancellationToken);
            }

            return true;
        }
        catch (Exception e)
        {
            // The boundary of a delivery: the message stays in its queue, whatever went wrong.
            Log.NotStored(logger, queue, e);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A message of {Queue} failed for good, {Type}: {Code}: {Message}")]
        public static partial void Stored(ILogger logger, string queue, string type, string code, string message);

        [LoggerMessage(2, LogLevel.Warning, "A message that failed in {Queue} could not be stored; it stays there")]
        public static partial void NotStored(ILogger logger, string queue, Exception failure);
    }
}
