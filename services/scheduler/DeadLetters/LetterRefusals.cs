using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Refusals that name a dead letter.</summary>
internal static class LetterRefusals
{
    /// <summary>Unknown, purged, or not to be seen by this caller.</summary>
    public static OpenAiErrorResult NotFound(string id, string param = "id") => OpenAiErrorResult.NotFound(
        $"No such dead letter: {(id.Length <= 64 ? id : id[..64] + "…")}", param, "dead_letter_not_found");
}
