namespace Sluice.Tests.Tidy.Sources;

/// <summary>One place that breaks a rule.</summary>
/// <param name="Path">File, relative to the root of the repository.</param>
/// <param name="Line">1-based.</param>
/// <param name="Subject">What is meant within the file (a member, a type), stable when lines move; "-" for the
/// file.</param>
/// <param name="Message">What is wrong, and what to do.</param>
/// <param name="Value">The measured size for a rule with a limit; 0 otherwise.</param>
internal sealed record Finding(string Path, int Line, string Subject, string Message, int Value = 0)
{
    public override string ToString() => $"{Path}:{Line}: {Subject}: {Message}";
}
