namespace Sluice.Scheduler.Batches.Validation;

/// <summary>Stable values of <c>errors.data[].code</c> of a batch whose input was refused.</summary>
internal static class LineErrorCode
{
    public const string EmptyFile = "empty_file";
    public const string TooManyLines = "too_many_lines";
    public const string BlankLine = "blank_line";
    public const string LineTooLong = "line_too_long";
    public const string InvalidUtf8 = "invalid_utf8";
    public const string InvalidJson = "invalid_json_line";
    public const string NotAnObject = "not_an_object";
    public const string MissingField = "missing_required_field";
    public const string InvalidType = "invalid_type";
    public const string InvalidCustomId = "invalid_custom_id";
    public const string DuplicateCustomId = "duplicate_custom_id";
    public const string InvalidMethod = "invalid_method";
    public const string MismatchedUrl = "mismatched_url";
    public const string StreamNotSupported = "stream_not_supported";

    /// <summary>Of tasks: a member that tasks do not have.</summary>
    public const string UnknownField = "unknown_field";

    /// <summary>Of tasks: no handler has the type.</summary>
    public const string UnknownTaskType = "unknown_task_type";

    /// <summary>Of tasks: the handler does not take the data.</summary>
    public const string InvalidTaskData = "invalid_task_data";

    /// <summary>The file was there when the batch was created and is gone or shorter now.</summary>
    public const string InputFileLost = "input_file_lost";

    /// <summary>No fault of the file that is known: checking it failed every time.</summary>
    public const string ValidationFailed = "validation_failed";
}
