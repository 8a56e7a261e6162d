using System.Text.Json;

namespace Sluice.Inference.Chat;

/// <summary>Kinds of JSON value a field may have.</summary>
[Flags]
internal enum JsonKinds
{
    None = 0,
    String = 1,
    Number = 2,
    Boolean = 4,
    Object = 8,
    Array = 16,
    Null = 32,

    /// <summary>A number of 64 bits without a fraction; such a value is a <see cref="Number"/> too.</summary>
    Integer = 64,
}
