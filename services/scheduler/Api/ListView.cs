namespace Sluice.Scheduler.Api;

/// <summary>A page of a list. Without items the two ids are null.</summary>
internal sealed record ListView<T>
{
    public string Object { get; } = "list";

    public required IReadOnlyList<T> Data { get; init; }

    public required string? FirstId { get; init; }

    public required string? LastId { get; init; }

    /// <summary>Whether a request with <c>after</c> = <see cref="LastId"/> finds more.</summary>
    public required bool HasMore { get; init; }

    /// <param name="items">Up to one more than <paramref name="limit"/>: the one that tells that there is more.</param>
    /// <param name="limit">Size of the page.</param>
    /// <param name="id">The public id of an item.</param>
    public static ListView<T> Of(IReadOnlyList<T> items, int limit, Func<T, string> id)
    {
        IReadOnlyList<T> page = items.Count > limit ? [.. items.Take(limit)] : items;
        return new()
        {
            Data = page,
            FirstId = page.Count > 0 ? id(page[0]) : null,
            LastId = page.Count > 0 ? id(page[^1]) : null,
            HasMore = items.Count > limit,
        };
    }
}
