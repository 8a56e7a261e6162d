using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using MergingParser = YamlDotNet.Core.MergingParser;

namespace Sluice.Tests.Unit.Deployment;

/// <summary>A YAML document as maps, lists and text, with anchors and merge keys resolved.</summary>
internal sealed class Yaml
{
    private readonly object? _node;

    private Yaml(object? node) => _node = node;

    /// <summary>Text of a scalar; null for an empty one (<c>KEY:</c>) and for anything else.</summary>
    public string? Text => _node as string is { Length: > 0 } text ? text : null;

    public bool Exists => _node is not null;

    public IReadOnlyList<Yaml> Items => _node is List<object?> list ? [.. list.Select(i => new Yaml(i))] : [];

    public IReadOnlyDictionary<string, Yaml> Members => _node is Dictionary<object, object?> map
        ? map.ToDictionary(m => (string)m.Key, m => new Yaml(m.Value), StringComparer.Ordinal)
        : new Dictionary<string, Yaml>(StringComparer.Ordinal);

    public IReadOnlyList<string> Texts => [.. Items.Select(i => i.Text ?? "")];

    /// <summary>The member at a path with dots; one that does not exist when any part of it is missing.</summary>
    public Yaml this[string path] => path.Split('.').Aggregate(
        this, (node, key) => node.Members.GetValueOrDefault(key) ?? new Yaml(null));

    /// <summary>Every document of a file of the repository.</summary>
    public static IReadOnlyList<Yaml> Load(string path)
    {
        using var reader = new StringReader(Repository.Read(path));
        var parser = new MergingParser(new Parser(reader));
        var deserializer = new DeserializerBuilder().Build();
        var documents = new List<Yaml>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            documents.Add(new Yaml(deserializer.Deserialize<object?>(parser)));
        }

        return documents;
    }
}
