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

    public static string NameOf(Rights right) => right switch
    {
        Rights.Inference => "inference",
        Rights.Batches => "batches",
        Rights.Operator => "operator",
        _ => throw new ArgumentOutOfRangeException(nameof(right), right, "Not a single right."),
    };
}
