namespace Sluice.Tasks;

/// <summary>Why a task cannot be run.</summary>
/// <param name="Code">Stable, as <c>invalid_request</c>.</param>
/// <param name="Message">A sentence that names the thing and the fix.</param>
/// <param name="Param">The field of the data at fault as a path; null for the data itself.</param>
public sealed record TaskProblem(string Code, string Message, string? Param = null)
{
    /// <summary><see cref="Code"/> of data that is not what the handler takes.</summary>
    public const string InvalidCode = "invalid_request";

    /// <summary>The data is not what the handler takes.</summary>
    public static TaskProblem Invalid(string message, string? param = null) => new(InvalidCode, message, param);
}
