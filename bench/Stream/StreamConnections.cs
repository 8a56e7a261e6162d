namespace Sluice.Bench.Stream;

internal sealed record StreamConnections(IReadOnlyList<StreamConnection> All) : IDisposable
{
    public void Dispose()
    {
        foreach (var connection in All)
        {
            connection.Dispose();
        }
    }
}
