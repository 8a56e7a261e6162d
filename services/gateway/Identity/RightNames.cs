namespace Sluice.Gateway.Identity;

internal static class RightNames
{
    public const string All = "inference, batches, operator";

    public static bool TryParse(string? name, out Rights right)
    {
        right = name switch
        {
            "inference" => Rights.Inference,
            "batches" => Rights.Batches,
            "operator" => Rights.Operator,
            _ => Rights.None,
        };
        return right != Rights.None;
    }

    /// <summary>One name, or several separated by <c>|</c>, of which any will do.</summary>
    public static bool TryParseAny(string? names, out Rights rights)
    {
        rights = Rights.None;
        foreach (var name in (names ?? "").Split('|'))
        {
            if (!TryParse(name, out var right))
            {
                rights = Rights.None;
                return false;
            }

            rights |= right;
        }

        return true;
    }

    /// <summary>As the internal hop carries them.</summary>
    public static string Join(Rights rights) => string.Join(
        ',', new[] { Rights.Inference, Rights.Batches, Rights.Operator }.Where(r => rights.HasFlag(r)).Select(NameOf));

    public static string NameOf(Rights right) => right switch
    {
        Rights.Inference => "inference",
        Rights.Batches => "batches",
        Rights.Operator => "operator",
        _ => throw new ArgumentOutOfRangeException(nameof(right), right, "Not a single right."),
    };
}
