using System.Runtime.InteropServices;

namespace Sluice.LocalCluster.Commands;

/// <summary>Turns Ctrl-C, SIGTERM and a closed terminal into a token; the process then ends in its own time.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly PosixSignal[] Handled =
        [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations;

    public StopSignals()
    {
        _registrations = Handled.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _source.Cancel();
        })).ToList();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Returns at the first signal.</summary>
    public async Task WaitAsync() =>
        await Task.Delay(Timeout.Infinite, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }
}
