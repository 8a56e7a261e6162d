using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Lines;

/// <summary>
/// Slots for calls: each provider's own, then the process's. In that order, so that lines that wait for a busy provider
/// hold nothing that lines of another one need. Thread-safe.
/// </summary>
internal sealed class LineGate(IOptions<WorkerOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _process = new(options.Value.MaxConcurrentLines);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _providers = new(StringComparer.Ordinal);

    public async ValueTask EnterAsync(IModelProvider provider, CancellationToken cancellationToken)
    {
        var own = Of(provider);
        await own.WaitAsync(cancellationToken);
        try
        {
            await _process.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            own.Release();
            throw;
        }
    }

    public void Leave(IModelProvider provider)
    {
        _process.Release();
        Of(provider).Release();
    }

    public void Dispose()
    {
        _process.Dispose();
        foreach (var provider in _providers.Values)
        {
            provider.Dispose();
        }
    }

    private SemaphoreSlim Of(IModelProvider provider) =>
        _providers.GetOrAdd(provider.Name, static (_, bound) => new(bound), provider.MaxConcurrency);
}
