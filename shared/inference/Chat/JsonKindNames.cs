namespace Sluice.Inference.Chat;

internal static class JsonKindNames
{
    private static readonly (JsonKinds Kind, string Name)[] s_names =
    [
        (JsonKinds.String, "a string"),
        (JsonKinds.Number, "a number"),
        (JsonKinds.Integer, "a 64-bit integer"),
        (JsonKinds.Boolean, "a boolean"),
        (JsonKinds.Object, "an object"),
        (JsonKinds.Array, "an array"),
        (JsonKinds.Null, "null"),
    ];

    /// <summary>The kinds as a refusal names them: <c>a string or null</c>.</summary>
    public static string Describe(this JsonKinds kinds) =>
        string.Join(" or ", s_names.Where(n => (Widest(kinds) & n.Kind) != JsonKinds.None).Select(n => n.Name));

    private static JsonKinds Widest(JsonKinds kinds) =>
        kinds.HasFlag(JsonKinds.Number) ? kinds & ~JsonKinds.Integer : kinds;
}
