using System.Globalization;
using Microsoft.Extensions.Options;

namespace Sluice.Inference.Options;

/// <summary>
/// Checks all providers and reports everything that is wrong at once, naming the provider and the key.
/// </summary>
internal sealed class InferenceOptionsValidator : IValidateOptions<InferenceOptions>
{
    private const int MaxModels = 1_000;
    private const int MaxNameLength = 64;
    private const int MaxModelLength = 200;

    public ValidateOptionsResult Validate(string? name, InferenceOptions options)
    {
        var errors = new List<string>();
        foreach (var (provider, value) in BuiltInProvider.AddTo(options.Providers))
        {
            CheckName(provider, errors);
            if (value is null)
            {
                errors.Add($"Inference:Providers:{provider} is empty.");
                continue;
            }

            CheckKind(provider, value, errors);
            CheckModels(provider, value, errors);
            CheckLimits(provider, value, errors);
            CheckCircuit(provider, value.Circuit, errors);
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckName(string provider, List<string> errors)
    {
        if (provider.Length is 0 or > MaxNameLength
            || !provider.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            errors.Add(
                $"Inference:Providers:{provider}: a name has 1 to {MaxNameLength} letters, digits, '-' or '_'.");
        }
    }

    private static void CheckKind(string provider, ProviderOptions options, List<string> errors)
    {
        var path = $"Inference:Providers:{provider}";
        if (!Enum.IsDefined(options.Kind) || !Enum.IsDefined(options.Continuation))
        {
            errors.Add($"{path}: Kind is OpenAI or Simulated, Continuation None, AssistantPrefix or Deterministic.");
        }

        if (options.Kind == ProviderKind.Simulated)
        {
            if (options.BaseUrl is not null || options.ApiKey is not null)
            {
                errors.Add($"{path}: a Simulated provider has no BaseUrl and no ApiKey.");
            }

            return;
        }

        if (provider.Equals(BuiltInProvider.Name, StringComparison.OrdinalIgnoreCase))
        {
            errors.Add($"{path}: this name is the built-in provider's; set Kind to Simulated or choose another name.");
        }

        if (options.VersionPolicy is not
            (HttpVersionPolicy.RequestVersionOrLower or HttpVersionPolicy.RequestVersionExact))
        {
            errors.Add($"{path}:VersionPolicy is RequestVersionOrLower or RequestVersionExact.");
        }

        if (!IsBaseUrl(options.BaseUrl))
        {
            errors.Add(
                $"{path}:BaseUrl '{options.BaseUrl}' must be an absolute http(s) URL without query and user info.");
        }

        if (options.ApiKey is { } key && !key.All(c => c is > ' ' and <= '~'))
        {
            errors.Add($"{path}:ApiKey must be printable ASCII without spaces.");
        }
    }

    private static bool IsBaseUrl(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0;

    private static void CheckModels(string provider, ProviderOptions options, List<string> errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var path = $"Inference:Providers:{provider}:Models";
        if (options.Models.Count is 0 or > MaxModels)
        {
            errors.Add($"{path} must name 1 to {MaxModels} models.");
        }

        foreach (var model in options.Models)
        {
            if (string.IsNullOrWhiteSpace(model) || model.Length > MaxModelLength || model.Any(char.IsControl))
            {
                errors.Add($"{path}: '{model}' is not a model id of 1 to {MaxModelLength} characters.");
            }
            else if (!seen.Add(model))
            {
                errors.Add($"{path}: model '{model}' is there twice; name it once only.");
            }
        }
    }

    private static void CheckLimits(string provider, ProviderOptions options, List<string> errors)
    {
        var min = TimeSpan.FromMilliseconds(100);
        Check(nameof(options.Priority), options.Priority, -1_000, 1_000);
        Check(nameof(options.MaxConcurrency), options.MaxConcurrency, 1, 100_000);
        Check(nameof(options.QueueLength), options.QueueLength, 0, 100_000);
        Check(
            nameof(options.QueueTimeout), options.QueueTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Check(nameof(options.MaxResponseBytes), options.MaxResponseBytes, 1L << 10, 1L << 30);
        Check(nameof(options.MaxLineBytes), options.MaxLineBytes, 1 << 10, 64 << 20);
        Check(nameof(options.ConnectTimeout), options.ConnectTimeout, min, TimeSpan.FromMinutes(1));
        Check(nameof(options.FirstTokenTimeout), options.FirstTokenTimeout, min, TimeSpan.FromHours(1));
        Check(nameof(options.GapTimeout), options.GapTimeout, min, TimeSpan.FromHours(1));
        Check(nameof(options.CompletionTimeout), options.CompletionTimeout, min, TimeSpan.FromHours(24));

        void Check<T>(string key, T value, T min, T max)
            where T : struct, IComparable<T>
        {
            CheckRange($"Inference:Providers:{provider}:{key}", value, min, max, errors);
        }
    }

    private static void CheckCircuit(string provider, CircuitOptions options, List<string> errors)
    {
        Check(nameof(options.FailureRatio), options.FailureRatio, 0.01, 1);
        Check(nameof(options.MinimumThroughput), options.MinimumThroughput, 2, 10_000);
        Check(
            nameof(options.SamplingDuration),
            options.SamplingDuration,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromHours(1));
        Check(
            nameof(options.BreakDuration), options.BreakDuration, TimeSpan.FromSeconds(0.5), TimeSpan.FromHours(1));

        void Check<T>(string key, T value, T min, T max)
            where T : struct, IComparable<T>
        {
            CheckRange($"Inference:Providers:{provider}:Circuit:{key}", value, min, max, errors);
        }
    }

    /// <summary>Not a number is out of every range.</summary>
    private static void CheckRange<T>(string path, T value, T min, T max, List<string> errors)
        where T : struct, IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
        {
            errors.Add(string.Create(
                CultureInfo.InvariantCulture, $"{path} is {value}, must be from {min} to {max}."));
        }
    }
}
