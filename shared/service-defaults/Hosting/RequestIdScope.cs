using System.Collections;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>
/// Log scope with the request's id. The host's own scope has an id too, but one it took before ours was known.
/// </summary>
internal sealed class RequestIdScope(string id) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public const string Key = "request_id";

    public int Count => 1;

    public string Id => id;

    public KeyValuePair<string, object?> this[int index] =>
        index == 0 ? new(Key, id) : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{Key}={id}";
}
