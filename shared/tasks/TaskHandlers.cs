using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sluice.Tasks;

/// <summary>The kinds of task that this process knows, by type and by endpoint. Fixed at start; thread-safe.</summary>
public sealed class TaskHandlers
{
    private const int MaxTypeLength = 64;

    private readonly (byte[] Name, ITaskHandler Handler)[] _types;
    private readonly (byte[] Name, ITaskHandler Handler)[] _endpoints;

    /// <param name="handlers">All of them.</param>
    /// <exception cref="ArgumentException">A type is malformed, or two handlers claim one name.</exception>
    public TaskHandlers(IEnumerable<ITaskHandler> handlers)
    {
        ITaskHandler[] all = [.. handlers.OrderBy(h => h.Type, StringComparer.Ordinal)];
        if (Array.Find(all, h => !IsType(h.Type)) is { } malformed)
        {
            throw new ArgumentException(
                $"'{malformed.Type}' is no type of task: use 1 to {MaxTypeLength} of a-z, 0-9, '.', '_' and '-'.",
                nameof(handlers));
        }

        Types = [.. all.Select(h => h.Type)];
        Endpoints = [.. all.Select(h => h.Endpoint).OfType<string>()];
        var names = Types.Concat(Endpoints).GroupBy(n => n, StringComparer.Ordinal);
        if (names.FirstOrDefault(n => n.Count() > 1) is { } two)
        {
            throw new ArgumentException(
                $"Two task handlers claim '{two.Key}'; give each its own name.", nameof(handlers));
        }

        _types = [.. all.Select(h => (Encoding.UTF8.GetBytes(h.Type), h))];
        _endpoints =
            [.. all.Where(h => h.Endpoint is not null).Select(h => (Encoding.UTF8.GetBytes(h.Endpoint!), h))];
    }

    /// <summary>In ordinal order.</summary>
    public IReadOnlyList<string> Types { get; }

    /// <summary>In the order of their types.</summary>
    public IReadOnlyList<string> Endpoints { get; }

    /// <summary>Finds a kind by the UTF-8 of its type; exact.</summary>
    public bool TryFindType(ReadOnlySpan<byte> type, [NotNullWhen(true)] out ITaskHandler? handler) =>
        TryFind(_types, type, out handler);

    /// <summary>Finds a kind by the UTF-8 of its endpoint; exact.</summary>
    public bool TryFindEndpoint(ReadOnlySpan<byte> path, [NotNullWhen(true)] out ITaskHandler? handler) =>
        TryFind(_endpoints, path, out handler);

    private static bool IsType(string type) =>
        type.Length is > 0 and <= MaxTypeLength
        && type.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-');

    /// <summary>A handful of names: comparing them is faster than hashing one.</summary>
    private static bool TryFind(
        (byte[] Name, ITaskHandler Handler)[] all,
        ReadOnlySpan<byte> name,
        [NotNullWhen(true)] out ITaskHandler? handler)
    {
        foreach (var one in all)
        {
            if (name.SequenceEqual(one.Name))
            {
                handler = one.Handler;
                return true;
            }
        }

        handler = null;
        return false;
    }
}
