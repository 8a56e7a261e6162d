using System.Text;

namespace Sluice.Inference.Chat;

/// <summary>A request field whose type is known.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kinds">Kinds it may have; null always passes.</param>
/// <param name="Elements">Kinds of the elements when it is an array.</param>
internal sealed record KnownField(string Name, JsonKinds Kinds, JsonKinds Elements = JsonKinds.None)
{
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);
}
