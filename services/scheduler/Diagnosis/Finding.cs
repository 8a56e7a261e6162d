using System.Text.Json.Nodes;

namespace Sluice.Scheduler.Diagnosis;

/// <summary>One reason why a batch is where it is.</summary>
/// <param name="Code">Stable name.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Problem">What is the matter, for people.</param>
/// <param name="Evidence">The figures that say so, as they are in the tables; times in seconds.</param>
/// <param name="Advice">What to do.</param>
internal sealed record Finding(string Code, string Severity, string Problem, JsonObject Evidence, string Advice)
{
    /// <summary>Things go their way.</summary>
    public const string Info = "info";

    /// <summary>It gets on, more slowly than it could.</summary>
    public const string Warning = "warning";

    /// <summary>It does not get on until something is done.</summary>
    public const string Critical = "critical";
}
