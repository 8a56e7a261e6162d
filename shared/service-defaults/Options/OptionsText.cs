using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Sluice.ServiceDefaults.Options;

/// <summary>Writes an options object as <c>Name=value</c> pairs for the log, secrets masked.</summary>
internal static class OptionsText
{
    private const string Mask = "***";
    private const int MaxDepth = 5;
    private const int MaxItems = 50;

    private static readonly string[] SecretWords = ["Secret", "Password", "ApiKey", "ConnectionString", "Credential"];

    public static string Of(object options) => string.Join(' ', Pairs("", options, 0));

    private static IEnumerable<string> Pairs(string prefix, object options, int depth)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.GetIndexParameters().Length == 0))
        {
            var value = property.GetValue(options);
            var name = prefix + property.Name;
            foreach (var pair in IsSecret(property) ? [$"{name}={Masked(value)}"] : Pair(name, value, depth))
            {
                yield return pair;
            }
        }
    }

    private static IEnumerable<string> Pair(string name, object? value, int depth) => value switch
    {
        null => [$"{name}="],
        string text => [$"{name}={WithoutUserInfo(text)}"],
        IFormattable simple => [$"{name}={WithoutUserInfo(simple.ToString(null, CultureInfo.InvariantCulture))}"],
        bool flag => [$"{name}={(flag ? "true" : "false")}"],
        _ when depth >= MaxDepth => [$"{name}=…"],
        IDictionary map => map.Keys.Cast<object>().Take(MaxItems)
            .SelectMany(key => Pair($"{name}:{key}", map[key], depth + 1)),
        IEnumerable list => list.Cast<object?>().Take(MaxItems)
            .SelectMany((item, index) => Pair($"{name}:{index}", item, depth + 1)),
        _ => Pairs($"{name}:", value, depth + 1),
    };

    private static bool IsSecret(PropertyInfo property) =>
        property.IsDefined(typeof(MaskedAttribute))
        || SecretWords.Any(word => property.Name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string Masked(object? value) => value is null or "" ? "" : Mask;

    private static string WithoutUserInfo(string text) =>
        text.Contains('@', StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length > 0
            ? text.Replace(uri.UserInfo, Mask, StringComparison.Ordinal)
            : text;
}
