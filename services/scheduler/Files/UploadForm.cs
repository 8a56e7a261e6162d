using System.Globalization;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Files;

/// <summary>The text fields of an upload, in whatever order they came.</summary>
internal sealed class UploadForm
{
    private const int MinExpirySeconds = 3600;
    private const int MaxExpirySeconds = 2_592_000;

    private string? _purpose;
    private string? _anchor;
    private string? _seconds;

    public string Purpose => _purpose ?? throw new InvalidOperationException("The form was not checked.");

    /// <summary>Time after which the file expires; null for one that stays.</summary>
    public TimeSpan? ExpiresAfter { get; private set; }

    /// <summary>Fields that are not known are ignored.</summary>
    public void Set(string name, string value)
    {
        switch (name)
        {
            case "purpose":
                _purpose = value;
                break;
            case "expires_after[anchor]":
                _anchor = value;
                break;
            case "expires_after[seconds]":
                _seconds = value;
                break;
            default:
                break;
        }
    }

    /// <summary>What is wrong with what has come so far; a missing field may still come.</summary>
    public OpenAiErrorResult? CheckSoFar() =>
        _purpose is not null && !FilePurpose.Uploads.Contains(_purpose)
            ? OpenAiErrorResult.BadRequest($"'purpose' must be one of: {FilePurpose.Known}.", "purpose")
            : null;

    /// <summary>What is wrong with the whole form.</summary>
    public OpenAiErrorResult? Check()
    {
        if (_purpose is null)
        {
            return OpenAiErrorResult.BadRequest("The form has no field 'purpose'.", "purpose");
        }

        return CheckSoFar() ?? CheckExpiry();
    }

    private OpenAiErrorResult? CheckExpiry()
    {
        if (_anchor is null && _seconds is null)
        {
            return null;
        }

        if (_anchor is not "created_at")
        {
            return OpenAiErrorResult.BadRequest(
                "'expires_after[anchor]' must be 'created_at'.", "expires_after[anchor]");
        }

        if (!int.TryParse(_seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < MinExpirySeconds or > MaxExpirySeconds)
        {
            return OpenAiErrorResult.BadRequest(
                $"'expires_after[seconds]' must be a whole number from {MinExpirySeconds} to {MaxExpirySeconds}.",
                "expires_after[seconds]");
        }

        ExpiresAfter = TimeSpan.FromSeconds(seconds);
        return null;
    }
}
