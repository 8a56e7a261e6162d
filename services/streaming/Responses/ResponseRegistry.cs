using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Sluice.Streaming.Responses;

/// <summary>The responses that this process generates, from their start to their end. Thread-safe.</summary>
internal sealed class ResponseRegistry
{
    private readonly ConcurrentDictionary<ResponseKey, Response> _responses = new();

    public IEnumerable<Response> All => _responses.Values;

    /// <summary>One that is generated here; not one that this process has lost and is about to remove.</summary>
    public bool TryFind(ResponseKey key, [NotNullWhen(true)] out Response? response) =>
        _responses.TryGetValue(key, out response) && !response.IsLost;

    /// <summary>False when a response of that id is running here already.</summary>
    public bool TryAdd(Response response) => _responses.TryAdd(response.Key, response);

    /// <summary>In place of one of that id that this process has lost and is about to remove.</summary>
    public void Replace(Response response) => _responses[response.Key] = response;

    public void Remove(Response response) => _responses.TryRemove(new(response.Key, response));
}
