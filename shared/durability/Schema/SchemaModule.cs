using System.Reflection;

namespace Sluice.Durability.Schema;

/// <summary>The numbered scripts of one assembly, applied to one schema.</summary>
/// <param name="Schema">Database schema that <c>{schema}</c> in the scripts stands for.</param>
/// <param name="Assembly">Holds the scripts as embedded resources <c>*.Schema.NNNN-name.sql</c>.</param>
internal sealed record SchemaModule(string Schema, Assembly Assembly)
{
    /// <summary>Name under which the versions are recorded.</summary>
    public string Name => Assembly.GetName().Name!;
}
