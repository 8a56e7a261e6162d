using Sluice.Inference.Chat;

namespace Sluice.Inference.Responses;

/// <summary>Checks <c>text</c>: the format of the answer, and how wordy it is to be.</summary>
internal static class FormatChecks
{
    public static ChatRequestError? Check(JsonField text) =>
        text.Optional(JsonKinds.Object)
        ?? text["verbosity"].OneOf("low", "medium", "high")
        ?? CheckFormat(text["format"]);

    private static ChatRequestError? CheckFormat(JsonField format)
    {
        if (format.IsMissing)
        {
            return null;
        }

        var error = format.Optional(JsonKinds.Object)
            ?? format["type"].Required(JsonKinds.String)
            ?? format["type"].OneOf("text", "json_object", "json_schema");
        if (error is not null || format["type"].Text != "json_schema")
        {
            return error;
        }

        return format["name"].Required(JsonKinds.String)
            ?? format["schema"].Required(JsonKinds.Object)
            ?? format["strict"].Optional(JsonKinds.Boolean)
            ?? format["description"].Optional(JsonKinds.String);
    }
}
