using Sluice.Durability.Messaging;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Counts how often the broker was asked and did not answer. Thread-safe.</summary>
internal sealed class CountedProbe(BrokerProbe probe) : IBrokerProbe
{
    private int _unanswered;

    public int Unanswered => Volatile.Read(ref _unanswered);

    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        var answers = await probe.AnswersAsync(cancellationToken);
        if (!answers)
        {
            Interlocked.Increment(ref _unanswered);
        }

        return answers;
    }
}
